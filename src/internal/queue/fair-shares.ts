/** So many tenants are remembered who do not wait. */
const mostKept = 10_000;

/** A tenant that has had more than others, or that waits. */
export interface Tenant {
  readonly weight: number;
  /** The virtual time at which all is done that was granted to it. */
  finish: number;
  /** How many lines of it have somebody waiting. */
  waiting: number;
}

/**
 * Who has had how much: the tags of start-time fair queueing (Goyal, Vin and Cheng, "Start-time fair queueing: a scheduling
 * algorithm for integrated services packet switching networks", SIGCOMM 1996). A call starts at the virtual time of now, or
 * when what its tenant had before is done, if that is later.
 */
export class FairShares {
  private readonly tenants = new Map<string, Tenant>();
  /** The virtual time: the start of what was granted last. */
  private time = 0;

  constructor(private readonly weightOf: (tenant: string) => number) {}

  get now(): number {
    return this.time;
  }

  /** How many tenants are remembered. */
  get size(): number {
    return this.tenants.size;
  }

  of(name: string): Tenant {
    let tenant = this.tenants.get(name);
    if (tenant === undefined) {
      this.trim();
      tenant = { weight: this.weightOf(name), finish: this.time, waiting: 0 };
      this.tenants.set(name, tenant);
    }
    return tenant;
  }

  /** A call is granted. `since` is the virtual time at which it began to be the next of its tenant. */
  granted(tenant: Tenant, share: number, since = this.time): void {
    const start = Math.max(since, tenant.finish);
    tenant.finish = start + share / tenant.weight;
    this.time = Math.max(this.time, start);
  }

  /** A call has used more than was taken for it, or less. */
  corrected(name: string, share: number): void {
    const known = this.tenants.get(name);
    if (known !== undefined || share > 0) {
      const tenant = known ?? this.of(name);
      tenant.finish += share / tenant.weight;
    }
  }

  /** To be called only while nobody waits. */
  forget(): void {
    this.tenants.clear();
    this.time = 0;
  }

  /** Forgets who has had no more than others; if that is not enough, also what the others have had. */
  private trim(): void {
    if (this.tenants.size < mostKept || this.tenants.size % mostKept !== 0) {
      return;
    }
    for (const [name, { waiting, finish }] of this.tenants) {
      if (waiting === 0 && finish <= this.time) {
        this.tenants.delete(name);
      }
    }
    if (this.tenants.size >= mostKept) {
      for (const [name, { waiting }] of this.tenants) {
        if (waiting === 0) {
          this.tenants.delete(name);
        }
      }
    }
  }
}
