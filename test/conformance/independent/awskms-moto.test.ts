import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { afterAll, beforeAll, describe } from 'vitest'
import { createAwsKmsKeyring } from '#services/encrypt/keys/awskms/keyring.ts'
import { startMoto, type Moto } from '#emulators/moto.ts'
import { describeKeyring } from '../keyring/suite.ts'
import { motoNeeded } from './moto-needed.ts'

const { program, skip, why } = motoNeeded()
const credentials = { accessKeyId: 'credence', secretAccessKey: 'not-a-secret' }
const region = 'us-east-1'
const NO_MATERIAL = 'moto names no key material, so that one version is like another'

describe.skipIf(skip)(`AWS KMS by moto, which others wrote${why}`, () => {
  let moto: Moto
  let admin: KMSClient
  beforeAll(async () => {
    moto = await startMoto(program)
    admin = new KMSClient({ region, endpoint: moto.endpoint, credentials, maxAttempts: 1 })
  })
  afterAll(async () => {
    admin.destroy()
    await moto.close()
  })

  describeKeyring('AWS KMS, over moto', {
    open: async () => {
      const { KeyMetadata } = await admin.send(new CreateKeyCommand({}))
      const { endpoint } = moto
      const keyId = KeyMetadata?.Arn ?? ''
      return createAwsKmsKeyring({ key: keyId, region, endpoint, stsEndpoint: endpoint, emulator: true, credentials })
    },
    rotate: async (keyring) => {
      await keyring.rotate?.()
    },
    skip: {
      'does not unwrap under a key or a version that it does not have': NO_MATERIAL,
      'still unwraps what an older version wrapped once the key has a new one': NO_MATERIAL,
    },
  })
})
