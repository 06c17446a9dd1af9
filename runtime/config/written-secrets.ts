import { FROM_ENVIRONMENT } from './interpolate.ts'
import type { Path, Problem, YamlFile } from './yaml-file.ts'

const PASSPHRASE = 'keys.local.passphrase'
/** `scheme://user:password@host`: the part before the host. */
const USER_INFO = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)@/i
const WEB_QUERY = /^https?:\/\/[^?#]*\?([^#]*)/i
/** A parameter of a URL, or of a connection string. */
const PARAMETER =
  /(?:^|[?&;\s])(?:sig|password|passwd|pwd|secret|token|access_?key|api_?key|shared_?access_?(?:key|signature)|account_?key)=([^&;\s]*)/gi

/**
 * Finds credentials in the file itself, including defaults of `${NAME:-default}`: whoever can read the configuration or a copy
 * of it could then read the data. Values from the environment are fine. No message quotes a value.
 */
export function writtenSecrets(file: YamlFile): Problem[] {
  const problems: Problem[] = []
  const look = (value: unknown, path: Path): void => {
    if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) look(inner, [...path, Array.isArray(value) ? Number(key) : key])
      return
    }
    if (typeof value !== 'string' && typeof value !== 'number') return
    const what = secretIn(file.written.get(path.join('\0')) ?? String(value), path)
    if (what !== null) problems.push(file.problem(path, `holds ${what}: ${wayOut(path)}`))
  }
  look(file.value, [])
  return problems
}

/** The kind of secret in a text, which does not belong in a file; `FROM_ENVIRONMENT` stands for values of the environment. */
function secretIn(text: string, path: Path): string | null {
  const isWritten = (part: string | undefined) => part !== undefined && part !== '' && !part.includes(FROM_ENVIRONMENT)
  if (path.join('.') === PASSPHRASE) return isWritten(text) ? 'a passphrase' : null
  const [, user] = USER_INFO.exec(text) ?? []
  const isWeb = /^https?:/i.test(text)
  const password = isWeb ? user : user?.slice(user.indexOf(':') + 1 || user.length) // on the web, a user without a password may be the secret
  if (isWritten(password)) return isWeb ? 'user info' : 'a password'
  if ([...text.matchAll(PARAMETER)].some(([, value]) => isWritten(value))) return 'a password or a signature'
  return isWritten(WEB_QUERY.exec(text)?.[1]) ? 'a query, which may be a signature' : null
}

function wayOut(path: Path): string {
  const name = path.findLast((step) => typeof step === 'string') ?? 'value'
  const variable = `CREDENCE_${name.replace(/\W/g, '_').toUpperCase()}`
  return `write \${${variable}}, and set ${variable} in the environment`
}
