import type { Commands } from '../panels/commands.ts';
import { SPEEDS } from '../selectors/view.ts';

/** What a key press asks for; undefined where it is nobody's. */
export function commandForKey(
  event: { key: string; shiftKey: boolean },
  commands: Commands,
): (() => void) | undefined {
  const { key, shiftKey } = event;
  const speed = SPEEDS[Number(key) - 1];
  if (speed !== undefined) return () => commands.setSpeed(speed);
  switch (key) {
    case ' ':
      return () => commands.togglePlay();
    case 'ArrowLeft':
      return () => (shiftKey ? commands.episodeBy(-1) : commands.stepBy(-1));
    case 'ArrowRight':
      return () => (shiftKey ? commands.episodeBy(1) : commands.stepBy(1));
    case 'l':
    case 'L':
      return () => commands.goLive();
    case 'r':
    case 'R':
      return () => commands.toggleRecording();
    case '?':
      return () => commands.showHelp();
    default:
      return undefined;
  }
}

/** Listens on the page, and keeps out of the way of fields, dialogs and the browser's own keys. */
export function installKeys(commands: Commands): void {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target as HTMLElement;
    if (target.closest('input, select, textarea, dialog')) return;
    if (event.key === ' ' && target.closest('button, summary, a')) return;
    const command = commandForKey(event, commands);
    if (!command) return;
    event.preventDefault();
    command();
  });
}
