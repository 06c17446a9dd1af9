import { Buffer } from 'node:buffer'
import type { PlannedDataset } from './plan.ts'

/** Lines that no contract lets in, each with what is wrong with it: what happens to real feeds sooner or later. */
const HOSTILE_MAIL: readonly Uint8Array[] = [
  '{"text":"cut off in the middle of a val',
  'HTTP/1.1 502 Bad Gateway',
  '{"text":"hello","label":"ham","__proto__":{"label":"spam","admin":true}}',
  '{"text":"how sure are you?","label":NaN}',
  '{"text":"no label at all"}',
  '{"text":"a label that nobody agreed on","label":"maybe"}',
  '{"text":{"$gt":""},"label":"ham"}',
  `{"text":${'['.repeat(200)}${']'.repeat(200)},"label":"ham"}`,
  `{"text":"${'A'.repeat(300_000)}","label":"spam"}`,
  Buffer.concat([Buffer.from('{"text":"caf'), Buffer.from([0xe9, 0xff]), Buffer.from('","label":"ham"}')]),
].map((line) => (typeof line === 'string' ? Buffer.from(line) : line))

const HOSTILE_REPLIES: readonly Uint8Array[] = [
  '{"prompt":"Re: backups: where are they?","completion":"On the se',
  '{"prompt":"Re: backups: where are they?","completion":"  "}',
  '{"prompt":"Re: backups: where are they?"}',
  '{"prompt":{"role":"user"},"completion":"On the server."}',
  '{"prompt":"Re: backups: where are they?","completion":"On the server.","constructor":{"prototype":{}}}',
].map((line) => Buffer.from(line))

const HOSTILE_ROWS: readonly Uint8Array[] = [
  'DENVER INTL AIRPORT,B-737,None',
  ',,,,,,,,,,,twelve,1999-01-01,Small',
  '"DALLAS/FORT WORTH INTL ARPT,B-737,None,SOUTHWEST',
  'MIDWAY,B-737,None,SOUTHWEST,Illinois,Climb,Gull,Day,0,0,0,1e999,1999-05-01,Small',
  'MIDWAY,B-737,None,SOUTHWEST,Illinois,Climb,Gull,Day,0,0,0,140,1999-05-01,Enormous',
].map((line) => Buffer.from(line))

export const HOSTILE_DEFINITION =
  'Malformed and hostile records: cut off, not UTF-8, not finite, too deep, too large, a forbidden key, a broken contract.'

/** Of each dataset, beside its records. */
export const HOSTILE: { readonly [name in PlannedDataset['name']]: readonly Uint8Array[] } = {
  digits: [],
  mail: HOSTILE_MAIL,
  replies: HOSTILE_REPLIES,
  strikes: HOSTILE_ROWS,
}
