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
  leaf?: TreeNode | undefined;
}

/**
 * Some of those who stand one behind the other, or some nodes. It begins with its standing; with the same, the node before
 * may end. One class for both, because V8 is slow where it finds several.
 */
export class TreeNode implements Standing {
  parent: TreeNode | undefined = undefined;
  /** The leaves before and behind this leaf. */
  before: TreeNode | undefined = undefined;
  after: TreeNode | undefined = undefined;
  /** How many stand in it. */
  count: number;

  /**
   * @param nodes Undefined in a leaf.
   * @param list Empty unless it is a leaf.
   */
  constructor(
    readonly priority: number,
    readonly retry: boolean,
    readonly nodes: TreeNode[] | undefined,
    readonly list: Placed[],
  ) {
    this.count = list.length;
  }
}

/**
 * Those who stand in line, in a B+ tree (Comer, "The ubiquitous B-tree", 1979) whose nodes know how many stand below them.
 * Entering it, leaving it from anywhere, and the count of those ahead cost O(log n). A node goes when it is empty; nodes that
 * are not full are not merged, because the line as a whole comes and goes.
 */
export class CountedTree<W extends Placed> {
  /** Made, as the leaves, for the first who enters: in many lines nobody ever stands. */
  private root: TreeNode | undefined = undefined;
  /** The first of its leaves. */
  private head: TreeNode | undefined = undefined;
  private tail: TreeNode | undefined = undefined;

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
    let node = this.root;
    if (node === undefined) {
      return 0;
    }
    let ahead = 0;
    for (let { nodes } = node; nodes !== undefined; { nodes } = node) {
      const place = placeIn(nodes, newcomer.priority, newcomer.retry, 1) - 1;
      for (let index = 0; index < place; index += 1) {
        ahead += nodes[index]!.count;
      }
      node = nodes[place]!;
    }
    return ahead + placeIn(node.list, newcomer.priority, newcomer.retry, 0);
  }

  /** Puts somebody behind all of the same standing; returns whether that is behind everybody else. */
  protected put(waiter: W): boolean {
    const { priority, retry } = waiter;
    if (this.tail === undefined) {
      this.tail = new TreeNode(priority, retry, undefined, [waiter]);
      this.head = this.tail;
      this.root = this.tail;
      waiter.leaf = this.tail;
      return true;
    }
    const isLast = this.isLast(waiter);
    const leaf = isLast ? this.tail : this.leafFor(priority, retry);
    const { list } = leaf;
    if (isLast) {
      list.push(waiter);
    } else {
      list.splice(placeIn(list, priority, retry, 0), 0, waiter);
    }
    waiter.leaf = leaf;
    count(leaf, 1);
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
    count(leaf, -1);
    if (list.length === 0 && leaf.parent !== undefined) {
      this.drop(leaf);
    }
  }

  *[Symbol.iterator](): IterableIterator<W> {
    for (let leaf = this.head; leaf !== undefined; leaf = leaf.after) {
      yield* leaf.list as W[];
    }
  }

  /** The leaf in which a newcomer stands: the last one that does not begin behind it. */
  private leafFor(priority: number, retry: boolean): TreeNode {
    let node = this.root!;
    for (let { nodes } = node; nodes !== undefined; { nodes } = node) {
      node = nodes[placeIn(nodes, priority, retry, 1) - 1]!;
    }
    return node;
  }

  /** Moves all from a place on into a leaf of their own. */
  private split(leaf: TreeNode, from: number): void {
    const list = leaf.list.splice(from);
    const { priority, retry } = list[0]!;
    const made = new TreeNode(priority, retry, undefined, list);
    for (const waiter of list) {
      waiter.leaf = made;
    }
    leaf.count = from;
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
      this.root = above([before, node]);
      return;
    }
    const nodes = parent.nodes!;
    nodes.splice(nodes.indexOf(before) + 1, 0, node);
    node.parent = parent;
    if (nodes.length > most) {
      const made = above(nodes.splice(most >> 1));
      parent.count -= made.count;
      this.hang(made, parent);
    }
  }

  /** Takes out a leaf that is empty, and what is above it if that was all. */
  private drop(leaf: TreeNode): void {
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
    let node = leaf;
    for (let { parent } = node; parent !== undefined && node.count === 0; { parent } = node) {
      parent.nodes!.splice(parent.nodes!.indexOf(node), 1);
      node = parent;
    }
    while (this.root!.nodes?.length === 1) {
      this.root = this.root!.nodes[0]!;
      this.root.parent = undefined;
    }
  }
}

export function precedes(one: Standing, other: Standing): boolean {
  return one.priority > other.priority || (one.priority === other.priority && one.retry && !other.retry);
}

/** How many of a list stand before a newcomer, or came before with the same standing. Of the first `from` that is known. */
function placeIn(list: readonly Standing[], priority: number, retry: boolean, from: number): number {
  let to = list.length;
  let place = from;
  while (place < to) {
    const middle = (place + to) >> 1;
    const other = list[middle]!;
    if (priority > other.priority || (priority === other.priority && retry && !other.retry)) {
      to = middle;
    } else {
      place = middle + 1;
    }
  }
  return place;
}

/** A node of nodes. */
function above(nodes: TreeNode[]): TreeNode {
  const { priority, retry } = nodes[0]!;
  const parent = new TreeNode(priority, retry, nodes, []);
  for (const node of nodes) {
    node.parent = parent;
    parent.count += node.count;
  }
  return parent;
}

/** One more stands in a leaf, or one less. */
function count(leaf: TreeNode, change: number): void {
  for (let node: TreeNode | undefined = leaf; node !== undefined; node = node.parent) {
    node.count += change;
  }
}
