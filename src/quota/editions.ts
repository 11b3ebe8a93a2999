import { type Slots, slotOf } from './grant';

/** Where the limits of now stood in an earlier edition, by their number now; `none` for those that were not there. */
interface Places {
  readonly places: readonly number[];
  /** The place of a limit whose slots are the times of grants, for windows that were not there; or `none`. */
  readonly times: number;
}

const none = -1;
/** Grants of so many editions are found; what was granted before that is not corrected downwards any more. */
const kept = 100;

/** What becomes of grants when the limits of a ledger are changed: where their slots are found then. */
export class Editions {
  /** How often the limits were changed. */
  current = 0;
  private readonly earlier = new Map<number, Places>();

  /**
   * The limits have changed.
   *
   * @param places For each limit of now its number before; -1 if it was not there.
   * @param times The number before of a limit whose slots are the times of grants; -1 if there was none.
   */
  add(places: readonly number[], times: number): void {
    for (const [edition, before] of this.earlier) {
      const moved = places.map((place) => (place === none ? none : before.places[place]!));
      this.earlier.set(edition, { places: moved, times: before.times });
    }
    this.earlier.set(this.current, { places, times });
    this.earlier.delete(this.current - kept);
    this.current += 1;
  }

  /** Everything that was granted before is forgotten. */
  forget(): void {
    this.earlier.clear();
    this.current += 1;
  }

  /** The slot of a grant in the limit of this number; NaN if it has none there. */
  slotOf(slots: Slots, index: number, isTime: boolean): number {
    const edition = typeof slots === 'object' && 'own' in slots ? (slots.edition ?? 0) : 0;
    if (edition === this.current) {
      return slotOf(slots, index);
    }
    const { places, times } = this.earlier.get(edition) ?? { places: [], times: none };
    const known = places[index] ?? none;
    const place = known === none && isTime ? times : known;
    return place === none ? Number.NaN : slotOf(slots, place);
  }
}
