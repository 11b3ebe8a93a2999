/** How many empty places may stand before the array is packed. */
const slack = 1024;

/** Something that can stand in a {@link Deque}, which alone writes its `seat`. */
export interface Seated {
  /** Where it stands; undefined while it stands nowhere. */
  seat?: number | undefined;
}

/**
 * A queue that can be left from any place in constant time: an empty place stays behind, and the empty places are packed
 * away once they are the majority of a long queue.
 */
export class Deque<T extends Seated> {
  private items: (T | undefined)[] = [];
  private head = 0;
  private count = 0;

  get length(): number {
    return this.count;
  }

  get first(): T | undefined {
    return this.items[this.head];
  }

  push(item: T): void {
    if (this.items.length === 0) {
      this.items = [item]; // `push` would make room for sixteen more, and many queues never need it
    } else {
      this.items.push(item);
    }
    item.seat = this.items.length - 1;
    this.count += 1;
  }

  shift(): T | undefined {
    const item = this.first;
    if (item !== undefined) {
      this.remove(item);
    }
    return item;
  }

  /** Takes out an item that stands here. */
  remove(item: T): void {
    this.items[item.seat!] = undefined;
    item.seat = undefined;
    this.count -= 1;
    while (this.head < this.items.length && this.items[this.head] === undefined) {
      this.head += 1;
    }
    if (this.count === 0 && this.head > slack) {
      this.items = [];
      this.head = 0;
    } else if (this.items.length > slack && this.count * 2 < this.items.length) {
      this.pack();
    }
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (let index = this.head; index < this.items.length; index += 1) {
      const item = this.items[index];
      if (item !== undefined) {
        yield item;
      }
    }
  }

  private pack(): void {
    this.items = this.items.filter((item) => item !== undefined);
    this.head = 0;
    this.items.forEach((item, index) => {
      item!.seat = index;
    });
  }
}
