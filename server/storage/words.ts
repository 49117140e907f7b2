export const sizeOf = (bytes: number) =>
  bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${Math.ceil(bytes / 1e6)} MB`;

/** What a person can do, by the code of what failed: the system's, or SQLite's. */
const ADVICE: Readonly<Record<string, string>> = {
  ...named(
    ['ENOSPC', 'EDQUOT', 'SQLITE_FULL'],
    'Free some space on that disk; nothing saved is lost.',
  ),
  ...named(
    ['EROFS', 'EACCES', 'EPERM', 'SQLITE_READONLY', 'SQLITE_CANTOPEN', 'SQLITE_PERM'],
    'Make the folder writable, or choose another with --data.',
  ),
  ...named(['SQLITE_BUSY', 'SQLITE_LOCKED'], 'Another program holds it; close that one.'),
};

function named(codes: readonly string[], advice: string): Record<string, string> {
  return Object.fromEntries(codes.map((code) => [code, advice]));
}

/** What a person can do about a failure, after a space; empty where nothing is known. */
export function adviceFor(error: unknown): string {
  const advice = ADVICE[codeOf(error) ?? ''];
  return advice === undefined ? '' : ` ${advice}`;
}

const CANNOT_OPEN = 14;

/** The code of the system or of SQLite for what failed, also where the error is only the cause of another. */
export function codeOf(error: unknown): string | undefined {
  const { code, cause, message } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  if (typeof code === 'string' && code !== '') return code;
  // Where a database cannot be opened, libsql says SQLite's code at the end of its text alone.
  if (message?.startsWith('ConnectionFailed') && message.endsWith(`: ${CANNOT_OPEN}")`))
    return 'SQLITE_CANTOPEN';
  return cause === undefined ? undefined : codeOf(cause);
}
