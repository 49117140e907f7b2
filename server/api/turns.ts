/** Does so much in one turn of the event loop; the rest waits in order, and whatever else has come is served between. */
export class Turns {
  private readonly most: number;
  private readonly waiting: (() => void)[] = [];
  private done = 0;
  private isTurning = false;

  constructor(most: number) {
    this.most = most;
  }

  /** Does it at once where there is room in this turn. */
  run(action: () => void): void {
    if (this.done >= this.most || this.waiting.length > 0) this.waiting.push(action);
    else {
      this.done++;
      action();
    }
    this.turn();
  }

  private turn(): void {
    if (this.isTurning) return;
    this.isTurning = true;
    setImmediate(() => {
      this.isTurning = false;
      const now = this.waiting.splice(0, this.most);
      this.done = now.length;
      if (now.length > 0) this.turn();
      for (const action of now) action();
    });
  }
}
