import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { renderFederation, type FederationPage } from './federation-page.ts'

const page: FederationPage = {
  title: 'Twenty owners',
  version: '0.1.0',
  rounds: 2,
  runs: [
    { how: 'FedAvg', sees: 'every update', accuracy: [0.5, 0.886], attack: [0.1, 0.99], epsilon: null },
    { how: 'masked', sees: 'a sum', accuracy: [0.4, 0.884], attack: [0.02, 0.013], epsilon: 13.31 },
  ],
  clients: [
    { name: 'owner-01', poisons: null, norm: 1.234, held: 0, why: [] },
    { name: '<owner>', poisons: 'flips labels', norm: 12.5, held: 2, why: ['It points away.'] },
    { name: 'owner-03', poisons: null, norm: 0, held: 1, why: ['It is long.'] },
  ],
  cosines: Float64Array.of(1, 0.25, 0, 0.25, 1, -0.5, 0, -0.5, 1),
}
const text = renderFederation(page)

test('a federation’s page has its rounds, who was held and why, lengths and likeness', () => {
  expect(text).toContain('FedAvg: 50.0 %, 88.6 %')
  expect(text).toContain('FedAvg: 10.0 %, 99.0 %')
  expect(text).toMatch(/<td>88\.4 %<\/td>\s*<td>1\.3 %<\/td>\s*<td>13\.3<\/td>/)
  expect(text).toContain('∞')
  expect(text).toMatch(/&lt;owner&gt;<\/bdi><\/b> in 2 of 2 rounds \(flips labels\):\s+It points away\./)
  expect(text).toMatch(/owner-03<\/bdi><\/b> in 1 of 2 rounds, wrongly/)
  expect(text).not.toMatch(/owner-01<\/bdi><\/b> in/)
  expect(text).toContain('owner-01: 1.23')
  expect(text).toContain('owner-01 and &lt;owner&gt;: 0.25')
  expect(text.match(/class="cell"/g)).toHaveLength(6)
})

test('it asks for nothing, and is the same for the same data', () => {
  expect(text).not.toMatch(/<script|https?:|url\(|style="|NaN|Infinity|undefined/)
  const [, style] = /<style>([\s\S]*)<\/style>/.exec(text)!
  const digest = createHash('sha256').update(style!).digest('base64')
  expect(text).toContain(`default-src 'none'; style-src 'sha256-${digest}'`)
  expect(renderFederation(page)).toBe(text)
})
