import { renameSync, rmSync, writeFileSync } from 'node:fs';

/** Writes a file whole or not at all, whenever this process is stopped and whoever else writes it. */
export function writeWhole(file: string, content: string | Uint8Array): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, content);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
