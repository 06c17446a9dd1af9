import { AppError, type ErrorCode } from '#core/errors.ts'

/** The meaning of a Redis error's first word. */
const REPLIES: ReadonlyMap<string, readonly [ErrorCode, string]> = new Map([
  ['READONLY', ['unavailable', 'takes no writes, as a replica does: connect to the primary']],
  ['LOADING', ['unavailable', 'is still loading its data']],
  ['MASTERDOWN', ['unavailable', 'has lost its primary']],
  ['CLUSTERDOWN', ['unavailable', 'is part of a cluster that is down']],
  ['TRYAGAIN', ['unavailable', 'is moving its data']],
  ['MISCONF', ['unavailable', 'takes no writes since it cannot save its data: look at its log and its disk']],
  ['NOREPLICAS', ['unavailable', 'takes no writes since it has too few replicas']],
  ['BUSY', ['unavailable', 'is busy with a script']],
  ['OOM', ['throttled', 'has no memory left: raise its maxmemory']],
  ['NOAUTH', ['denied', 'wants a password: put it into the address, or give it as an option']],
  ['WRONGPASS', ['denied', 'does not take this user and password']],
  [
    'NOPERM',
    ['denied', 'does not allow this user all commands that a queue needs: grant +@all on its keys, and +info'],
  ],
  ['DENIED', ['denied', 'takes no connections from here: set a password, and turn its protected mode off']],
])
const CERTIFICATES = /CERT|SIGNATURE|^ERR_TLS_/
const SOCKETS = /^(?:E[A-Z]{4,}|ERR_SOCKET\w*)$/

/**
 * Maps a Redis client's error to an `AppError`. The client's own error is not kept as the cause: it holds the failed command,
 * which may contain the password.
 */
export function redisError(error: unknown, server: string): AppError {
  if (error instanceof AppError) return error
  const { message, code } = error instanceof Error ? (error as NodeJS.ErrnoException) : { message: '', code: undefined }
  const words = message.split(/[\s:]+/, 3).map((word) => word.replace(/^-/, ''))
  const known = words.map((word) => REPLIES.get(word)).find((reply) => reply !== undefined)
  if (known !== undefined)
    return new AppError(known[0], `Redis at ${server} ${known[1]}`, {
      reason: words.find((word) => REPLIES.has(word))?.toLowerCase() ?? '',
    })
  if (/max(?:imum)? number of clients/i.test(message)) {
    return new AppError('throttled', `Redis at ${server} has too many clients: raise its maxclients`, {
      reason: 'clients',
    })
  }
  if (code !== undefined && CERTIFICATES.test(code)) {
    const what = `Redis at ${server} shows a certificate that does not verify (${code}): give the certificate of its authority`
    return new AppError('invalid', what, { reason: 'certificate' })
  }
  if (code !== undefined && SOCKETS.test(code)) {
    return new AppError('unavailable', `Redis at ${server} cannot be reached (${code})`, { reason: 'connection' })
  }
  if (error instanceof Error && error.name === 'ReplyError') {
    return new AppError('internal', `Redis at ${server} refused a command (${words[0] ?? 'ERR'})`)
  }
  return new AppError('unavailable', `Redis at ${server} does not answer`, { reason: 'connection' })
}
