import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** An authority of the test's own, and a certificate of it for 127.0.0.1. */
export async function makeCertificates() {
  const folder = await mkdtemp(join(tmpdir(), 'redis-tls-'))
  const path = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' })
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl('req', '-x509', ...fresh, '-keyout', path('ca.key'), '-out', path('ca.pem'), '-subj', '/CN=Test authority')
  const issuer = ['-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-addext', 'subjectAltName=IP:127.0.0.1']
  openssl(
    'req',
    '-x509',
    ...fresh,
    ...issuer,
    '-keyout',
    path('redis.key'),
    '-out',
    path('redis.pem'),
    '-subj',
    '/CN=redis',
  )
  return {
    files: { cert: path('redis.pem'), key: path('redis.key'), ca: path('ca.pem') },
    ca: await readFile(path('ca.pem'), 'utf8'),
    remove: () => rm(folder, { recursive: true }),
  }
}
