const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'the folder above it is not there: make it',
  ENOTDIR: 'what stands above it is a file and no folder: choose another',
  EEXIST: 'a file stands there: choose another folder',
  EACCES: 'this user may not write there: run as its owner, or choose another folder',
  EPERM: 'this user may not write there: run as its owner, or choose another folder',
  EROFS: 'its disk can only be read: choose another folder',
  ENOSPC: 'its disk is full: free some space',
}

/** Why a file or a folder cannot be written, and what to do, by the system's error. */
export function whyUnwritable(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException).code ?? 'nothing'
  return REASONS[code] ?? `the system said ${code}: choose another folder`
}
