// Makes what the pipeline of docker-compose.yml reads from and encrypts under: a stream, a topic with its subscription, a key.
// What is there already is left alone. Bucket and hub are made by their emulators.
import { CreateStreamCommand, waitUntilStreamExists } from '@aws-sdk/client-kinesis'
import { CreateAliasCommand, CreateKeyCommand, DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { AWS, kinesisClient, NAMES, PLACES, pubsubClient } from './places.ts'

await Promise.all([makeStream(), makeKey(), makeSubscription()])
process.stdout.write('stream, key and subscription are there\n')

async function makeStream(): Promise<void> {
  const client = kinesisClient()
  const create = new CreateStreamCommand({ StreamName: NAMES.stream, ShardCount: 2 })
  await unless('ResourceInUseException', client.send(create))
  await waitUntilStreamExists({ client, maxWaitTime: 60 }, { StreamName: NAMES.stream })
  client.destroy()
}

async function makeKey(): Promise<void> {
  const client = new KMSClient({ ...AWS, endpoint: PLACES.kms })
  const found = await unless('NotFoundException', client.send(new DescribeKeyCommand({ KeyId: NAMES.key })))
  if (found === null) {
    const { KeyMetadata } = await client.send(new CreateKeyCommand({ Description: 'wraps the epoch keys of Credence' }))
    await client.send(new CreateAliasCommand({ AliasName: NAMES.key, TargetKeyId: KeyMetadata?.KeyId }))
  }
  client.destroy()
}

async function makeSubscription(): Promise<void> {
  const client = pubsubClient()
  const ALREADY_EXISTS = 6
  await unless(ALREADY_EXISTS, client.createTopic(NAMES.topic))
  await unless(ALREADY_EXISTS, client.topic(NAMES.topic).createSubscription(NAMES.topic, { ackDeadlineSeconds: 60 }))
  await client.close()
}

/** What is asked for; null where it is refused by this name or code. */
async function unless<T>(refusal: string | number, asked: Promise<T>): Promise<T | null> {
  try {
    return await asked
  } catch (error) {
    const { name, code } = error as { readonly name?: string; readonly code?: number }
    if (name === refusal || code === refusal) return null
    throw error
  }
}
