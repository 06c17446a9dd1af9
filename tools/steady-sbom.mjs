// For the image: takes out of a bill of materials (CycloneDX) what differs from one build to the next, the hour and a random number, so
// that the same sources give the same bytes: `node tools/steady-sbom.mjs sbom.cdx.json`.
import { readFileSync, writeFileSync } from 'node:fs'

const [file = 'sbom.cdx.json'] = process.argv.slice(2)
const { serialNumber: _, ...bill } = JSON.parse(readFileSync(file, 'utf8'))
delete bill.metadata.timestamp
writeFileSync(file, `${JSON.stringify(bill, null, 2)}\n`)
