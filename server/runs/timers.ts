/** Timers by name, one of each, that keep no process alive. */
export class Timers<Name extends string> {
  private readonly running = new Map<Name, NodeJS.Timeout>();

  has(name: Name): boolean {
    return this.running.has(name);
  }

  /** In place of the one of that name, if there is one. */
  start(name: Name, seconds: number, action: () => void): void {
    this.stop(name);
    const timer = setTimeout(() => {
      this.running.delete(name);
      action();
    }, seconds * 1000);
    timer.unref();
    this.running.set(name, timer);
  }

  stop(name: Name): void {
    clearTimeout(this.running.get(name));
    this.running.delete(name);
  }

  stopAll(): void {
    for (const name of [...this.running.keys()]) this.stop(name);
  }
}
