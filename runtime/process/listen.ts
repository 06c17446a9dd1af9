import type { ListenOptions, Server } from 'node:net'
import { AppError } from '#core/errors.ts'

const REFUSALS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'something listens there already: end it, or name another port',
  EACCES: 'this user may not take that port: name one above 1023',
  EADDRNOTAVAIL: 'this machine does not have that address: name one of its own',
  ENOTFOUND: 'no such host is known: name an address of this machine',
}

/** Resolves once `server` listens. Throws `invalid` if it cannot, with what to do; `doing` names what is then impossible. */
export async function listen(server: Server, at: Required<Pick<ListenOptions, 'host' | 'port'>>, doing: string) {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = REFUSALS[cause.code ?? ''] ?? `the system said ${cause.code ?? 'nothing'}`
      reject(new AppError('invalid', `${doing} at ${at.host}:${at.port}: ${why}`, { cause }))
    })
    server.listen(at.port, at.host, resolve)
  })
}
