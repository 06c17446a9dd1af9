import { expect, it } from 'vitest'
import { AsyncDisposableStack } from './disposal.ts'

const closer = (closed: string[], name: string) => ({
  [Symbol.asyncDispose]: async () => void closed.push(name),
})

it('closes in reverse order, once', async () => {
  const closed: string[] = []
  {
    await using stack = new AsyncDisposableStack()
    stack.use(closer(closed, 'first'))
    stack.defer(() => void closed.push('second'))
    stack.use(closer(closed, 'third'))
    expect(closed).toEqual([])
  }
  expect(closed).toEqual(['third', 'second', 'first'])
})

it('closes all of it, whatever fails, and throws the last failure', async () => {
  const closed: string[] = []
  const stack = new AsyncDisposableStack()
  stack.use(closer(closed, 'first'))
  for (const name of ['later', 'earlier']) stack.defer(() => Promise.reject(new Error(name)))
  await expect(stack.disposeAsync()).rejects.toThrow('later')
  expect(closed).toEqual(['first'])
  await stack.disposeAsync()
  expect(closed).toEqual(['first'])
})

it('closes nothing that was moved away', async () => {
  const closed: string[] = []
  const stack = new AsyncDisposableStack()
  stack.use(closer(closed, 'kept'))
  const moved = stack.move()
  await stack.disposeAsync()
  expect(closed).toEqual([])
  await moved.disposeAsync()
  expect(closed).toEqual(['kept'])
})
