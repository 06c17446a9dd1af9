import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createManifestChain } from '#services/encrypt/chain/chain.ts'
import { openSigner } from '#services/encrypt/chain/signer.ts'
import { createLocalKeyring } from '#services/encrypt/keys/local/keyring.ts'
import { createKeyRecords } from '#services/encrypt/keys/records.ts'
import { createVault } from '#services/encrypt/objects/vault.ts'
import { openFileStore } from '#services/encrypt/stores/files.ts'

/** An installation to be kept as a golden file, which must not be there yet. `keep` writes all of it, and takes the folder away. */
export async function newInstall(name: string) {
  const target = new URL(name, import.meta.url)
  if (existsSync(target)) throw new Error('the golden install exists: it is never made again')
  const folder = mkdtempSync(path.join(tmpdir(), 'credence-golden-'))
  const keyringFile = path.join(folder, 'keyring.json')
  const store = await openFileStore(path.join(folder, 'objects'))
  const keyring = await createLocalKeyring(keyringFile, { passphrase: 'a golden passphrase' }, { log2N: 10 })
  const keys = createKeyRecords({ store, keyrings: [keyring] })
  const vault = createVault({ store, keys })
  const signer = await openSigner(keys)
  const chain = createManifestChain({ store, signer })
  async function keep(): Promise<void> {
    const files: Record<string, string> = {
      'public.pem': Buffer.from(await signer.publicKeyPem()).toString('base64'),
      'keyring.json': readFileSync(keyringFile).toString('base64'),
    }
    for await (const object of store.list('')) {
      files[`objects/${object}`] = Buffer.from((await store.read(object)).bytes).toString('base64')
    }
    writeFileSync(target, `${JSON.stringify(files, null, 2)}\n`)
    rmSync(folder, { recursive: true })
  }
  return { keys, vault, chain, keep }
}
