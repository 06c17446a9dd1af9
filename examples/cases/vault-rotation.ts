import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { KeyClient } from '@azure/keyvault-keys'
import { DataLakeServiceClient, StorageSharedKeyCredential } from '@azure/storage-file-datalake'
import { emulatorCredential } from '#app/open/emulator-credential.ts'
import { EMULATED_ACCOUNT, EMULATED_KEY } from '#emulators/adls/actions.ts'
import { azure } from '../support/azure.ts'
import type { RunningCloud } from '../support/cloud.ts'
import type { Environment } from '../support/children.ts'
import type { CaseStudy, Stage } from './case.ts'
import { drawMails, writeMailContract } from './mail.ts'
import { admittedIn, linesWith, saidThat } from './said.ts'

/** A rotation policy that disables the old version of a vault's key while everything that is kept depends on it; then, a purge. */
export const vaultRotation: CaseStudy = {
  title: 'A key rotation in Key Vault that takes the old version away',
  async run(stage) {
    stage.part(
      'The installation',
      'Mails come from an event hub, and are kept in ADLS Gen2 under a key of Key Vault, while the pipeline runs.',
    )
    await using running = await azure.start(stage)
    await running.create()
    writeMailContract(stage.folder)
    writeFileSync(join(stage.folder, 'credence.yaml'), CONFIGURATION)
    const vault = vaultOf(running)
    await rotate(stage, running, vault)
    await purge(stage, running, vault)
  },
}

type Vault = ReturnType<typeof vaultOf>
const WINDOW = 240

async function rotate(stage: Stage, running: RunningCloud, vault: Vault): Promise<void> {
  const { environment } = running
  const pipeline = stage.start(['run', '--no-report'], environment)
  await send(running, 0)
  await pipeline.says(new RegExp(`${WINDOW} committed`))

  stage.part('Vector', 'A rotation policy makes a new version of the key, and disables the old one at once.')
  const old = await vault.rotate()
  await vault.enable(old, false)

  stage.part('Detection', 'The next window is scanned and cannot be encrypted. It is held, and the pipeline says why.')
  await send(running, 1)
  await pipeline.says(/key_disabled/)
  const [first = ''] = linesWith(pipeline.peek(), 'key_disabled')
  stage.tell(first)
  // of the source or of a window: whichever asks the vault first
  stage.figure('told as', saidThat(first, /^error/))
  stage.figure('reason', saidThat(first, /key_disabled/))

  stage.part('Mitigation', 'The version is enabled again: what was held goes on by itself.')
  await vault.enable(old, true)
  await pipeline.says(new RegExp(`${2 * WINDOW} committed`))
  const { stdout } = await pipeline.stop()
  stage.tell(stdout)
  stage.figure('records sent; admitted', `${2 * WINDOW}; ${/= +(\d+)/.exec(stdout)?.[1]}`)

  stage.part(
    'So that it cannot happen again',
    'What the old version wrapped is wrapped by the new one; then the old one may go.',
  )
  const rewrapped = await stage.credence(['keys', 'rewrap'], environment)
  stage.figure('key records wrapped anew', saidThat(rewrapped.stdout, /\d+ of \d+/))
  stage.figure(
    'objects touched by it',
    saidThat(rewrapped.stdout, /no object was touched/) === 'nothing' ? 'some' : '0',
  )
  await vault.enable(old, false)
  await stage.credence(['keys', 'status'], environment)
  const verified = await stage.credence(['verify'], environment)
  stage.figure('records that verify with the old version disabled', admittedIn(verified))
}

async function purge(stage: Stage, running: RunningCloud, vault: Vault): Promise<void> {
  const { environment } = running
  await stage.credence(['audit', 'export', '--out', 'log.jsonl'], environment)

  stage.part('Vector: the same with a purge', 'The key is deleted and purged. Nothing brings it back.')
  await vault.purge()
  const checked = await stage.credence(['check'], environment)
  stage.figure('after the purge: `check`', `exit code ${checked.code}`)
  const exported = await stage.credence(['export', '--dataset', 'mail', '--out', 'mail.jsonl'], environment)
  stage.figure(
    '`export`',
    `exit code ${exported.code}, ${saidThat(exported.stderr, /no signing key unwraps any more/)}`,
  )
  await send(running, 2)
  const ran = await stage.credence(['run', '--no-report', '--until-idle', '3'], environment)
  stage.figure('`run` with new mails', `exit code ${ran.code}, ${saidThat(ran.stderr, /key_destroyed/)}`)

  stage.part(
    'What is lost',
    'The records of both windows: they are ciphertext now. What was decided about them is not.',
  )
  const log = await stage.credence(['audit', 'verify', '--file', 'log.jsonl', '--key', 'log.jsonl.pem'])
  stage.figure('the exported log, verified elsewhere', `exit code ${log.code}`)

  stage.part('Going on', 'A new key, a new store and a new catalog read what the event hub still has.')
  await vault.create()
  rmSync(join(stage.folder, 'data'), { recursive: true })
  const credential = new StorageSharedKeyCredential(EMULATED_ACCOUNT, EMULATED_KEY)
  await new DataLakeServiceClient(environment['ADLS_URL']!, credential).getFileSystemClient('again').create()
  const anew = { ...environment, CREDENCE_FILE_SYSTEM: 'again' }
  const again = await stage.credence(['run', '--no-report', '--until-idle', '5'], anew)
  stage.figure('records read again from the event hub', saidThat(again.stdout, /= +(\d+)/))
}

async function send(running: RunningCloud, at: number): Promise<void> {
  const mails = drawMails(WINDOW, at)
  await running.publish(
    'mail',
    mails.map((mail, i) => ({ item: String(i), contributor: 'lists', bytes: Buffer.from(JSON.stringify(mail)) })),
  )
}

/** The vault's key, as its administrators hold it. */
function vaultOf({ environment }: { readonly environment: Environment }) {
  const url = new URL(environment['CREDENCE_KEY']!)
  const name = url.pathname.split('/').at(-1)!
  const keys = new KeyClient(url.origin, emulatorCredential(), { disableChallengeResourceVerification: true })
  return {
    /** Makes a version; the one before it. */
    async rotate() {
      const { properties } = await keys.getKey(name)
      await keys.rotateKey(name)
      return properties.version!
    },
    enable: async (version: string, enabled: boolean) =>
      void (await keys.updateKeyProperties(name, version, { enabled })),
    create: async () => void (await keys.createRsaKey(name, { keySize: 2048 })),
    async purge() {
      await (await keys.beginDeleteKey(name)).pollUntilDone()
      await keys.purgeDeletedKey(name)
    },
  }
}

const CONFIGURATION = `version: 1
data: ./data
emulator: true
datasets:
  mail:
    source:
      eventhubs:
        namespace: emulated.servicebus.windows.net
        connectionStringEnv: EVENTHUBS_CONNECTION_STRING
        hub: credence-mail
        contributor: partition-key
        format: json
    contract: ./mail.contract.yaml
    window: { records: ${WINDOW} }
store: { adls: { url: \${ADLS_URL}, container: \${CREDENCE_FILE_SYSTEM:-credence-example} } }
keys: { keyvault: { key: \${CREDENCE_KEY} }, ttlSeconds: 2 }
`
