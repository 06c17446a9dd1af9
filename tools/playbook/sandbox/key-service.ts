import { appendFile, chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { startAwsKms } from '#emulators/aws-kms.ts'
import { ROOT } from '../files.ts'
import { makeInstallation } from './installation.ts'

export interface KeyService {
  close(): Promise<void>
}

/** An installation that has run nothing yet, under a key of an emulated AWS KMS; `bin/aws` stands in for the part of the AWS CLI that is used. */
export async function withKeyService(home: string): Promise<KeyService> {
  const kms = await startAwsKms()
  const credentials = { accessKeyId: 'credence', secretAccessKey: 'not-a-secret' }
  const admin = new KMSClient({ region: kms.region, endpoint: kms.endpoint, credentials })
  const key = (await admin.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? ''
  admin.destroy()
  await makeInstallation(
    home,
    `emulator: true\nkeys: { awskms: { key: '${key}', endpoint: '${kms.endpoint}' }, ttlSeconds: 1 }\n`,
  )
  const aws = join(home, 'bin', 'aws')
  await writeFile(aws, `#!/bin/sh\nexec '${process.execPath}' '${ROOT}tools/playbook/sandbox/aws.ts' "$@"\n`)
  await chmod(aws, 0o755)
  await appendFile(join(home, '.env'), `key='${key}'\nKMS_ENDPOINT='${kms.endpoint}'\nKMS_REGION='${kms.region}'\n`)
  return { close: () => kms.close() }
}
