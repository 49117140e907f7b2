/**
 * A function that calls `action` at once, or as soon as `everyMs` have passed since its last call;
 * requests in between fall together.
 */
export function throttled(everyMs: number, action: () => void): () => void {
  let calledAt = Number.NEGATIVE_INFINITY;
  let waiting = false;
  const call = () => {
    waiting = false;
    calledAt = performance.now();
    action();
  };
  return () => {
    if (waiting) return;
    const wait = calledAt + everyMs - performance.now();
    if (wait <= 0) {
      call();
      return;
    }
    waiting = true;
    setTimeout(call, wait);
  };
}
