/** How many a node of the tree holds at most. */
const most = 64;

/** Where somebody stands: higher priority first, retries before first attempts. */
export interface Standing {
  readonly priority: number;
  readonly retry: boolean;
}

/** Somebody who can stand in a {@link CountedTree}, which alone writes its `leaf`. */
export interface Placed extends Standing {
  /** Where in the tree it stands; undefined while it stands nowhere. */
  leaf?: Leaf | undefined;
}

/** Some of those who stand one behind the other. It begins with its standing; with the same, the leaf before may end. */
export class Leaf implements Standing {
  parent: Branch | undefined = undefined;
  before: Leaf | undefined = undefined;
  after: Leaf | undefined = undefined;

  constructor(
    readonly priority: number,
    readonly retry: boolean,
    readonly list: Placed[],
  ) {}

  get count(): number {
    return this.list.length;
  }
}

/** Some nodes, one behind the other. */
class Branch implements Standing {
  parent: Branch | undefined = undefined;
  readonly priority: number;
  readonly retry: boolean;
  /** How many stand in all its leaves. */
  count = 0;

  constructor(readonly nodes: TreeNode[]) {
    const first = nodes[0]!;
    this.priority = first.priority;
    this.retry = first.retry;
    for (const node of nodes) {
      node.parent = this;
      this.count += node.count;
    }
  }
}

type TreeNode = Leaf | Branch;

/**
 * Those who stand in line, in a B+ tree (Comer, "The ubiquitous B-tree", 1979) whose nodes know how many stand below them.
 * Entering it, leaving it from anywhere, and the count of those ahead cost O(log n). A node goes when it is empty; nodes that
 * are not full are not merged, because the line as a whole comes and goes.
 */
export class CountedTree<W extends Placed> {
  /** Made, as the leaves, for the first who enters: in many lines nobody ever stands. */
  private root: TreeNode | undefined = undefined;
  /** The first of its leaves. */
  private head: Leaf | undefined = undefined;
  private tail: Leaf | undefined = undefined;

  get length(): number {
    return this.root === undefined ? 0 : this.root.count;
  }

  get first(): W | undefined {
    return this.head?.list[0] as W | undefined;
  }

  /** Whether a newcomer would stand behind everybody else. */
  isLast(newcomer: Standing): boolean {
    const list = this.tail?.list;
    return list === undefined || list.length === 0 || !precedes(newcomer, list[list.length - 1]!);
  }

  /** Whether anybody stands before a newcomer. */
  isBehind(newcomer: Standing): boolean {
    const { first } = this;
    return first !== undefined && !precedes(newcomer, first);
  }

  /** How many stand before a newcomer. */
  ahead(newcomer: Standing): number {
    let ahead = 0;
    let node = this.root;
    while (node instanceof Branch) {
      const { nodes } = node;
      const place = placeIn(nodes, newcomer, 1) - 1;
      for (let index = 0; index < place; index += 1) {
        ahead += nodes[index]!.count;
      }
      node = nodes[place]!;
    }
    return node === undefined ? 0 : ahead + placeIn(node.list, newcomer, 0);
  }

  /** Puts somebody behind all of the same standing; returns whether that is behind everybody else. */
  protected put(waiter: W): boolean {
    if (this.tail === undefined) {
      this.root = this.head = this.tail = new Leaf(waiter.priority, waiter.retry, [waiter]);
      waiter.leaf = this.root;
      return true;
    }
    const isLast = this.isLast(waiter);
    const leaf = isLast ? this.tail : this.leafFor(waiter);
    const { list } = leaf;
    if (isLast) {
      list.push(waiter);
    } else {
      list.splice(placeIn(list, waiter, 0), 0, waiter);
    }
    waiter.leaf = leaf;
    count(leaf.parent, 1);
    if (list.length > most) {
      this.split(leaf, isLast ? most : most >> 1);
    }
    return isLast;
  }

  /** Takes out somebody who stands here. */
  protected takeOut(waiter: W): void {
    const leaf = waiter.leaf!;
    const { list } = leaf;
    waiter.leaf = undefined;
    if (list[list.length - 1] === waiter) {
      list.pop(); // also the only one: what the list has room for stays
    } else if (list[0] === waiter) {
      list.shift();
    } else {
      list.splice(list.indexOf(waiter), 1);
    }
    count(leaf.parent, -1);
    if (list.length === 0 && leaf.parent !== undefined) {
      this.drop(leaf);
    }
  }

  *[Symbol.iterator](): IterableIterator<W> {
    for (let leaf: Leaf | undefined = this.head; leaf !== undefined; leaf = leaf.after) {
      yield* leaf.list as W[];
    }
  }

  /** The leaf in which a newcomer stands: the last one that does not begin behind it. */
  private leafFor(newcomer: Standing): Leaf {
    let node = this.root!;
    while (node instanceof Branch) {
      node = node.nodes[placeIn(node.nodes, newcomer, 1) - 1]!;
    }
    return node;
  }

  /** Moves all from a place on into a leaf of their own. */
  private split(leaf: Leaf, from: number): void {
    const list = leaf.list.splice(from);
    const { priority, retry } = list[0]!;
    const made = new Leaf(priority, retry, list);
    for (const waiter of list) {
      waiter.leaf = made;
    }
    made.before = leaf;
    made.after = leaf.after;
    if (leaf.after === undefined) {
      this.tail = made;
    } else {
      leaf.after.before = made;
    }
    leaf.after = made;
    this.hang(made, leaf);
  }

  /** Puts a node that was split off behind the one that it came from. */
  private hang(node: TreeNode, before: TreeNode): void {
    const { parent } = before;
    if (parent === undefined) {
      this.root = new Branch([before, node]);
      return;
    }
    const { nodes } = parent;
    nodes.splice(nodes.indexOf(before) + 1, 0, node);
    node.parent = parent;
    if (nodes.length > most) {
      const made = new Branch(nodes.splice(most >> 1));
      parent.count -= made.count;
      this.hang(made, parent);
    }
  }

  /** Takes out a leaf that is empty, and what is above it if that was all. */
  private drop(leaf: Leaf): void {
    const { before, after } = leaf;
    if (before === undefined) {
      this.head = after;
    } else {
      before.after = after;
    }
    if (after === undefined) {
      this.tail = before;
    } else {
      after.before = before;
    }
    let node: TreeNode = leaf;
    for (let above = node.parent; above !== undefined && node.count === 0; above = node.parent) {
      above.nodes.splice(above.nodes.indexOf(node), 1);
      node = above;
    }
    while (this.root instanceof Branch && this.root.nodes.length === 1) {
      this.root = this.root.nodes[0]!;
      this.root.parent = undefined;
    }
  }
}

export function precedes(one: Standing, other: Standing): boolean {
  return one.priority > other.priority || (one.priority === other.priority && one.retry && !other.retry);
}

/** How many of a list do not stand behind a newcomer, of whom `from` surely do not. */
function placeIn(list: readonly Standing[], newcomer: Standing, from: number): number {
  let to = list.length;
  let place = from;
  while (place < to) {
    const middle = (place + to) >> 1;
    if (precedes(newcomer, list[middle]!)) {
      to = middle;
    } else {
      place = middle + 1;
    }
  }
  return place;
}

/** One more stands below, or one less. */
function count(branch: Branch | undefined, change: number): void {
  for (let above = branch; above !== undefined; above = above.parent) {
    above.count += change;
  }
}
