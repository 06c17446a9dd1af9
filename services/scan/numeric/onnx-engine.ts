import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { Engine } from './engine.ts'
import { type Matrix, matrix } from './matrix.ts'
import { gemmModel } from './onnx-model.ts'
import { sameInner } from './shapes.ts'

/**
 * Matrix products on onnxruntime's CPU kernels. One thread, always: with more, the kernels split along columns and the
 * order of summation, hence the last bits, would depend on how many there were. Several windows scan in parallel in
 * worker threads instead.
 */
export async function createOnnxEngine(): Promise<Engine> {
  const plain = await productSession(false, false)
  const leftTransposed = await productSession(true, false)
  const rightTransposed = await productSession(false, true)
  return {
    name: 'onnxruntime',
    multiply(a, b) {
      sameInner(a.cols, b.rows)
      return run(plain, a, b, a.rows, b.cols)
    },
    multiplyTransposed(a, b) {
      sameInner(a.rows, b.rows)
      return run(leftTransposed, a, b, a.cols, b.cols)
    },
    multiplyByTransposed(a, b) {
      sameInner(a.cols, b.cols)
      return run(rightTransposed, a, b, a.rows, b.rows)
    },
  }
}

function productSession(transposeA: boolean, transposeB: boolean): Promise<InferenceSession> {
  return InferenceSession.create(gemmModel(transposeA, transposeB), {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    logSeverityLevel: 3,
  })
}

async function run(session: InferenceSession, a: Matrix, b: Matrix, rows: number, cols: number): Promise<Matrix> {
  const product = matrix(rows, cols)
  if (product.data.length === 0 || a.data.length === 0) return product
  // The kernel writes straight into `product`: no second copy of a large result is ever made.
  await session.run({ a: tensor(a), b: tensor(b) }, { y: tensor(product) })
  return product
}

const tensor = (m: Matrix) => new Tensor('float32', m.data, [m.rows, m.cols])
