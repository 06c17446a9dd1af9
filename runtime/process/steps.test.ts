import { describe, expect, test } from 'vitest'
import { createSteps, STEP_POINTS, STEPS, type StepPoint } from './steps.ts'

describe('steps', () => {
  test('have a point before and a point after each', () => {
    expect(STEP_POINTS).toHaveLength(2 * STEPS.length)
    expect(STEP_POINTS.slice(0, 2)).toEqual(['stage.object:before', 'stage.object:after'])
  })

  test('are told of around the work, and hand its result on', async () => {
    const points: StepPoint[] = []
    const step = createSteps((point) => void points.push(point))
    expect(await step('scan.load', async () => 7)).toBe(7)
    expect(points).toEqual(['scan.load:before', 'scan.load:after'])
  })

  test('that fail have no after', async () => {
    const points: StepPoint[] = []
    const step = createSteps((point) => void points.push(point))
    const failing = step('scan.load', async () => {
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(points).toEqual(['scan.load:before'])
  })

  test('can be stopped by whoever watches', async () => {
    let ran = false
    const step = createSteps(() => {
      throw new Error('stopped')
    })
    const stopped = step('commit.clean', async () => {
      ran = true
    })
    await expect(stopped).rejects.toThrow('stopped')
    expect(ran).toBe(false)
  })
})
