export const sizeOf = (bytes: number) =>
  bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${Math.ceil(bytes / 1e6)} MB`;

/** What a person can do about a failure of the system, from its reason; empty where nothing is known. */
export function adviceFor(reason: string): string {
  if (/full|ENOSPC/i.test(reason)) return ' Free some space on that disk; nothing saved is lost.';
  if (/readonly|read-only|EROFS|EACCES|unable to open/i.test(reason))
    return ' Make the folder writable, or choose another with --data.';
  if (/locked|busy/i.test(reason)) return ' Another program holds it; close that one.';
  return '';
}
