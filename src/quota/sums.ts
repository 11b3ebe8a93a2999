/**
 * The sums of the first so many of a list of amounts, of which none is negative: a Fenwick tree ("A new data structure
 * for cumulative frequency tables", 1994). Changing any amount, and finding where a sum is reached, cost O(log n).
 */
export class Sums {
  /** Node n, counted from 1, is the sum of the last so many amounts up to the nth as the lowest bit of n says. */
  private readonly nodes: number[] = [];

  get length(): number {
    return this.nodes.length;
  }

  push(amount: number): void {
    const node = this.nodes.length + 1;
    let sum = amount;
    for (let step = 1; (node & step) === 0; step *= 2) {
      sum += this.nodes[node - step - 1]!;
    }
    this.nodes.push(sum);
  }

  /** Changes the amount with this index, if it is in the list yet. */
  add(index: number, change: number): void {
    const { nodes } = this;
    for (let node = index + 1; node <= nodes.length; node += node & -node) {
      nodes[node - 1]! += change;
    }
  }

  /** The index of the first amount with which `sum` is reached; that of the last if it is not. */
  find(sum: number): number {
    const { nodes } = this;
    const last = nodes.length - 1;
    let rest = sum;
    let before = 0;
    for (let step = 1 << (31 - Math.clz32(last)); step > 0; step >>= 1) {
      const node = before + step;
      if (node <= last && nodes[node - 1]! < rest) {
        before = node;
        rest -= nodes[node - 1]!;
      }
    }
    return before;
  }
}
