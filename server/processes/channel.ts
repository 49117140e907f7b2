interface ProcessChannel<In, Out> {
  send(message: Out): void;
  onMessage(listener: (message: In) => void): void;
  onDisconnect(listener: () => void): void;
  /** Ends the process at once, whatever it is doing. */
  leave(): void;
  /** Resolves when every message sent so far has left the process, or cannot. */
  sent(): Promise<unknown>;
}

/** The channel of a process that was forked by the launcher. Throws where it was not. */
export function processChannel<In, Out>(): ProcessChannel<In, Out> {
  const send = process.send?.bind(process) as
    | ((message: Out, callback: () => void) => void)
    | undefined;
  if (!send) throw new Error('This is started by the server, not by hand.');
  let last: Promise<void> = Promise.resolve();
  return {
    send(message) {
      // The manager may be gone in this very moment; `onDisconnect` handles that.
      if (process.connected) last = new Promise((resolve) => send(message, resolve));
    },
    sent: () => last,
    onMessage(listener) {
      process.on('message', (message) => listener(message as In));
    },
    onDisconnect(listener) {
      process.on('disconnect', listener);
      // Its parent may have died while it loaded.
      if (!process.connected) process.nextTick(listener);
    },
    // An orderly exit would wait for engines and threads.
    leave: () => void process.kill(process.pid, 'SIGKILL'),
  };
}
