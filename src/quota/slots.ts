import { cellOf, isSameSlot } from './slot-grid';
import { Sums } from './sums';

/** Each slot takes two places in the list: its time and its units. */
const size = 2;
/** How many slots may be out of use before the list is packed. */
const slack = 32;
/** What fractions leave over of something that was given back in full. */
const dust = 1e-9;
/** The units of a slot of which everything was given back. One of 0 was taken with nothing, and may still grow. */
const returned = -0;

/** How many entries are saved at most. */
const mostEntries = 1_000;

/** What was taken and when, oldest first, in slots that count from their last grant. */
export class Slots {
  /** Units in all slots that count. */
  used = 0;
  private list: number[] = [];
  /** Where the first slot begins that counts. */
  private head = 0;
  /** Units before the head: the sums hold them as well. */
  private gone = 0;
  /** How many slots have given everything back. */
  private empty = 0;
  /** Over the units in the list. Made for the first who asks when units will be gone, grown when that is asked again. */
  private sums: Sums | undefined = undefined;

  constructor(private readonly grid: number) {}

  take(units: number, now: number): void {
    const { list } = this;
    const last = list.length - size;
    if (last < this.head || !isSameSlot(this.grid, list[last]!, now)) {
      this.append(now, units);
    } else if (units > 0) {
      list[last] = now;
      this.add(last, units);
    } else {
      this.add(last, 0); // it may have been empty, and must not be packed away any more
    }
  }

  /** Changes what was taken at a time; false if there is no slot of it any more. */
  correct(at: number, change: number): boolean {
    const slot = this.slotOf(at);
    if (slot === undefined) {
      return false;
    }
    this.add(slot, change);
    if (change > 0) {
      this.list[slot] = Math.max(this.list[slot]!, at);
    } else {
      this.clear(slot);
      this.packIfEmpty();
    }
    return true;
  }

  /** Gives back what was taken last. */
  credit(units: number): void {
    let rest = units;
    for (let slot = this.list.length - size; slot >= this.head && rest > 0; slot -= size) {
      const back = Math.min(rest, this.list[slot + 1]!);
      if (back > 0) {
        rest -= back;
        this.add(slot, -back);
        this.clear(slot);
      }
    }
    this.packIfEmpty();
  }

  has(at: number): boolean {
    return this.slotOf(at) !== undefined;
  }

  /** Makes a slot for a time that has none: the last one, or one of which everything was given back, and taken again. */
  insert(at: number, units: number): void {
    const place = this.placeOf(at);
    if (place === this.list.length) {
      this.append(at, units);
    } else {
      this.list.splice(place, 0, at, units);
      this.pack();
    }
  }

  /** Drops what was taken `window` ms ago or earlier. */
  forget(now: number, window: number): void {
    const { list } = this;
    let { head } = this;
    while (head < list.length && list[head]! + window <= now) {
      head = this.leave(head);
    }
    if (head !== this.head) {
      this.moveTo(head);
    }
  }

  /** The time of the slot with which so many units will be gone. */
  timeOf(units: number): number {
    this.sums ??= new Sums();
    const { list, sums } = this;
    for (let slot = sums.length * size; slot < list.length; slot += size) {
      sums.push(list[slot + 1]!);
    }
    return list[Math.max(sums.find(this.gone + units) * size, this.head)]!;
  }

  /**
   * The slots that are not empty. Where there are more than 1,000, all within a 1,000th of the window are one entry, at
   * the time of the last of them. `shift` is added to every time.
   */
  entries(shift: number, now: number, window: number): [time: number, units: number][] {
    const { list } = this;
    const entries: [number, number][] = [];
    const cell = list.length - this.head > mostEntries * size ? window / mostEntries : 0;
    for (let slot = this.head; slot < list.length; ) {
      let last = list[slot]!;
      let units = list[slot + 1]!;
      const until = cell === 0 ? last : now - Math.floor((now - last) / cell) * cell;
      for (slot += size; slot < list.length && list[slot]! <= until; slot += size) {
        last = list[slot]!;
        units += list[slot + 1]!;
      }
      if (units > 0) {
        entries.push([last + shift, units]);
      }
    }
    return entries;
  }

  private append(time: number, units: number): void {
    this.used += units;
    if (this.list.length === 0) {
      this.list = [time, units]; // `push` would make room for eight more, and many windows never need it
    } else {
      this.list.push(time, units);
    }
  }

  private add(slot: number, units: number): void {
    const { list, sums } = this;
    const before = list[slot + 1]!;
    if (before === 0 && Object.is(before, returned)) {
      this.empty -= 1;
    }
    this.used += units;
    list[slot + 1] = before + units;
    sums?.add(slot / size, units);
  }

  /** What was given back in full, but for what fractions leave over. */
  private clear(slot: number): void {
    if (this.list[slot + 1]! < dust) {
      this.add(slot, -this.list[slot + 1]!);
      this.list[slot + 1] = returned;
      this.empty += 1;
    }
  }

  private packIfEmpty(): void {
    if (this.empty > slack && 2 * this.empty * size > this.list.length - this.head) {
      this.pack();
    }
  }

  private slotOf(at: number): number | undefined {
    const last = this.list.length - size;
    const place = last >= this.head && this.list[last] === at ? last : this.placeOf(at);
    return place < this.list.length && isSameSlot(this.grid, this.list[place]!, at) ? place : undefined;
  }

  /** Where the slot of a time stands, or would stand. Looked for from the end: most corrections are of late grants. */
  private placeOf(at: number): number {
    const { list } = this;
    const { grid } = this;
    const cell = cellOf(grid, at);
    let to = list.length;
    let from = to - size;
    for (let step = size; from >= this.head && cellOf(grid, list[from]!) >= cell; step *= 2) {
      to = from;
      from -= step;
    }
    from = Math.max(from + size, this.head);
    while (from < to) {
      const middle = from + ((to - from) >> 2) * size;
      if (cellOf(grid, list[middle]!) < cell) {
        from = middle + size;
      } else {
        to = middle;
      }
    }
    return to;
  }

  /** The first slot counts no more; returns where the next one begins. */
  private leave(slot: number): number {
    const units = this.list[slot + 1]!;
    this.used -= units;
    this.gone += units;
    if (units === 0 && Object.is(units, returned)) {
      this.empty -= 1;
    }
    return slot + size;
  }

  private moveTo(head: number): void {
    this.head = head;
    if (head === this.list.length || (head > slack * size && 2 * head > this.list.length)) {
      this.pack();
    }
  }

  /** Keeps only what counts. Sums of fractions drift: they begin anew. */
  private pack(): void {
    const { list } = this;
    let end = 0;
    this.used = 0;
    for (let slot = this.head; slot < list.length; slot += size) {
      const units = list[slot + 1]!;
      if (!Object.is(units, returned)) {
        list[end] = list[slot]!;
        list[end + 1] = units;
        this.used += units;
        end += size;
      }
    }
    list.length = end;
    this.head = 0;
    this.gone = 0;
    this.empty = 0;
    this.sums = undefined;
  }
}
