import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface GoldenInstall extends Disposable {
  readonly folder: string
  readonly publicKey: string
}

/** What the keyring of the golden install is sealed by. */
export const GOLDEN_PASSPHRASE = 'a golden passphrase'

/**
 * A golden install of `test/golden` in a folder of its own: `objects`, `keyring.json`, `public.pem`. In `rotated.json` another signing
 * key took the place of the first: it has `former.pem`, `audit.jsonl` and `reviews.json` too. In
 * `recalled.json` records were recalled.
 */
export function goldenInstall(name: 'store.json' | 'rotated.json' | 'recalled.json' = 'store.json'): GoldenInstall {
  const files = JSON.parse(readFileSync(new URL(`../golden/${name}`, import.meta.url), 'utf8')) as Record<
    string,
    string
  >
  const folder = mkdtempSync(join(tmpdir(), 'credence-golden-'))
  for (const [name, base64] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), Buffer.from(base64, 'base64'), { mode: 0o600 })
  }
  const publicKey = Buffer.from(files['public.pem'] ?? '', 'base64').toString()
  return { folder, publicKey, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}
