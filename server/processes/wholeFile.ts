import { renameSync, writeFileSync } from 'node:fs';

/** Writes a small file whole or not at all, whenever this process is stopped and whoever else writes it. */
export function writeWhole(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, file);
}
