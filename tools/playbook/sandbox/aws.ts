import { parseArgs } from 'node:util'
import { DescribeKeyCommand, DisableKeyCommand, EnableKeyCommand, KMSClient } from '@aws-sdk/client-kms'

// The three calls of the AWS CLI that a page uses, against the emulator of the sandbox: `aws kms disable-key --key-id …`.
const { values, positionals } = parseArgs({ allowPositionals: true, options: { 'key-id': { type: 'string' } } })
const KeyId = values['key-id'] ?? ''
const kms = new KMSClient({ region: process.env['KMS_REGION'] ?? '', endpoint: process.env['KMS_ENDPOINT'] ?? '' })
switch (positionals.join(' ')) {
  case 'kms disable-key':
    await kms.send(new DisableKeyCommand({ KeyId }))
    break
  case 'kms enable-key':
    await kms.send(new EnableKeyCommand({ KeyId }))
    break
  case 'kms describe-key':
    process.stdout.write(`${JSON.stringify(await kms.send(new DescribeKeyCommand({ KeyId })), null, 4)}\n`)
    break
  default:
    process.stderr.write(`aws: the sandbox does not know ${positionals.join(' ')}\n`)
    process.exitCode = 252
}
