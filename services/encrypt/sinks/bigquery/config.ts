import { z } from 'zod'
import { name } from '#clouds/config.ts'

export const bigQueryConfig = z.strictObject({
  project: name.describe('The id of the project of the dataset.'),
  dataset: name.describe('The BigQuery dataset, which exists.'),
  table: name.describe('Made when it is not there.'),
  kmsKey: name.optional().describe('Resource name of the key that the table encrypts under (CMEK).'),
  sensitive: z.array(name).default([]).describe('Columns that are encrypted before they leave.'),
  endpoint: name.optional().describe('Of an emulator: its REST address.'),
  writeEndpoint: name.optional().describe('Of an emulator: host:port of its Storage Write API.'),
})
export type BigQueryConfig = z.output<typeof bigQueryConfig>
