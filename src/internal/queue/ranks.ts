import { Deque, type Seated } from './deque';

/** Where somebody stands: higher priority first, retries before first attempts. */
export interface Standing {
  readonly priority: number;
  readonly retry: boolean;
}

/** Those who stand at the same place, first come, first served. */
export class Rank<W extends Seated> extends Deque<W> implements Standing {
  left: Rank<W> | undefined = undefined;
  right: Rank<W> | undefined = undefined;
  /** How many stand in it, and in the ranks below it in the tree. */
  waiting = 0;

  constructor(
    readonly priority: number,
    readonly retry: boolean,
    /** Heavier ranks stand above lighter ones. Drawn by lot, which keeps the tree flat. */
    readonly weight: number,
  ) {
    super();
  }
}

/**
 * The ranks that have somebody waiting, in order, as a treap (Seidel and Aragon, "Randomized search trees", 1996): what
 * is done to one, or asked of those before it, costs O(log n) in the number of ranks. Mostly there is one.
 */
export class Ranks<W extends Seated> {
  private root: Rank<W> | undefined = undefined;
  private lot = 1;

  /** How many stand in all ranks. */
  get waiting(): number {
    return this.root?.waiting ?? 0;
  }

  get first(): Rank<W> | undefined {
    let rank = this.root;
    while (rank?.left !== undefined) {
      rank = rank.left;
    }
    return rank;
  }

  get last(): Rank<W> | undefined {
    let rank = this.root;
    while (rank?.right !== undefined) {
      rank = rank.right;
    }
    return rank;
  }

  /** How many stand before a newcomer. */
  ahead(newcomer: Standing): number {
    let ahead = 0;
    let rank = this.root;
    while (rank !== undefined) {
      if (precedes(newcomer, rank)) {
        rank = rank.left;
      } else {
        ahead += rank.waiting - (rank.right?.waiting ?? 0);
        rank = rank.right;
      }
    }
    return ahead;
  }

  add(waiter: W & Standing): void {
    const rank = this.passTo(waiter, 1);
    if (rank === undefined) {
      this.root = withRank(this.root, this.begin(waiter));
    } else {
      rank.push(waiter);
    }
  }

  remove(waiter: W & Standing): void {
    const rank = this.passTo(waiter, -1)!;
    rank.remove(waiter);
    if (rank.length === 0) {
      this.root = without(this.root!, rank);
    }
  }

  *[Symbol.iterator](): IterableIterator<Rank<W>> {
    const above: Rank<W>[] = [];
    let rank = this.root;
    while (rank !== undefined || above.length > 0) {
      for (; rank !== undefined; rank = rank.left) {
        above.push(rank);
      }
      const next = above.pop()!;
      yield next;
      rank = next.right;
    }
  }

  /** Finds a rank, if there is one, and counts on the way that one more stands there, or one less. */
  private passTo(standing: Standing, change: number): Rank<W> | undefined {
    let rank = this.root;
    while (rank !== undefined) {
      rank.waiting += change;
      if (precedes(standing, rank)) {
        rank = rank.left;
      } else if (precedes(rank, standing)) {
        rank = rank.right;
      } else {
        return rank;
      }
    }
    return undefined;
  }

  private begin(waiter: W & Standing): Rank<W> {
    this.lot = (Math.imul(this.lot, 1_664_525) + 1_013_904_223) | 0; // "Numerical Recipes"
    const rank = new Rank<W>(waiter.priority, waiter.retry, this.lot);
    rank.push(waiter);
    return rank;
  }
}

export function precedes(one: Standing, other: Standing): boolean {
  return one.priority > other.priority || (one.priority === other.priority && one.retry && !other.retry);
}

/** The tree with one more rank, which is counted above it already. */
function withRank<W extends Seated>(tree: Rank<W> | undefined, rank: Rank<W>): Rank<W> {
  if (tree === undefined || rank.weight > tree.weight) {
    split(tree, rank);
    return counted(rank);
  }
  if (precedes(rank, tree)) {
    tree.left = withRank(tree.left, rank);
  } else {
    tree.right = withRank(tree.right, rank);
  }
  return tree;
}

/** Hangs what stands before `rank` to its left, and what stands behind it to its right. */
function split<W extends Seated>(tree: Rank<W> | undefined, rank: Rank<W>): void {
  if (tree === undefined) {
    return;
  }
  if (precedes(tree, rank)) {
    split(tree.right, rank);
    tree.right = rank.left;
    rank.left = counted(tree);
  } else {
    split(tree.left, rank);
    tree.left = rank.right;
    rank.right = counted(tree);
  }
}

/** The tree without a rank in which nobody stands any more. */
function without<W extends Seated>(tree: Rank<W>, rank: Rank<W>): Rank<W> | undefined {
  if (tree === rank) {
    return merged(rank.left, rank.right);
  }
  if (precedes(rank, tree)) {
    tree.left = without(tree.left!, rank);
  } else {
    tree.right = without(tree.right!, rank);
  }
  return tree;
}

/** One tree of two, of which the first stands before the second. */
function merged<W extends Seated>(one: Rank<W> | undefined, other: Rank<W> | undefined): Rank<W> | undefined {
  if (one === undefined || other === undefined) {
    return one ?? other;
  }
  if (one.weight > other.weight) {
    one.right = merged(one.right, other);
    return counted(one);
  }
  other.left = merged(one, other.left);
  return counted(other);
}

function counted<W extends Seated>(rank: Rank<W>): Rank<W> {
  rank.waiting = rank.length + (rank.left?.waiting ?? 0) + (rank.right?.waiting ?? 0);
  return rank;
}
