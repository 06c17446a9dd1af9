import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import type { Sample } from '../api/client.ts'
import { SampleView } from './sample-view.tsx'
import { SmallSample } from './small-sample.tsx'

const row = (cells: Readonly<Record<string, string>>, suspects: readonly string[] = []): Sample => ({
  kind: 'table',
  cells: Object.entries(cells).map(([column, value]) => ({ column, value, suspect: suspects.includes(column) })),
})
const OWN = row({ state: 'Ohio', speed: '156', damage: 'None' }, ['speed'])

test('the suspect cell of a row is marked, and no other', () => {
  const shown = renderToStaticMarkup(
    createElement(SampleView, {
      sample: OWN,
      warnings: ['gone from the store'],
      trigger: null,
      isMarked: true,
      setMarked: () => {},
    }),
  )
  expect(shown).toContain('role="alert">gone from the store</p>')
  expect(shown.match(/<mark>.*?<\/mark>/g)).toEqual(['<mark>156</mark>'])
  expect(shown.match(/class="suspect"><dt>.*?<\/dt>/g)).toEqual(['class="suspect"><dt>speed</dt>'])
})

test('a neighbour is told by the cells that differ alone', () => {
  const told = (sample: Sample) => renderToStaticMarkup(createElement(SmallSample, { sample, than: OWN }))
  const differing = told(row({ state: 'Utah', speed: '90', damage: 'None' }))
  expect(differing.match(/<d[td]>.*?<\/d[td]>/g)).toEqual([
    '<dt>state</dt>',
    '<dd>Utah</dd>',
    '<dt>speed</dt>',
    '<dd>90</dd>',
  ])
  expect(told(row({ state: 'Ohio', speed: '156', damage: 'None' }))).toContain('the same in every column')
})
