/** Everything that the module exports, in AssemblyScript; `tools/kernels.mjs` builds it. Pointers are 16-byte aligned. */
export { mirror, product, PRODUCT_SCRATCH } from './product'
export { cosines, ramp, tanhs } from './sweeps'
export { climb, independent } from './directions'
export { fitModes } from './mixture'
export { addBias, adam, columnSums, crossEntropySlopes, throughRectifier } from './network'
export { cholesky, invertLower } from './triangle'
export { adamByRows, gatherRows, turnRows } from './sparse'
export { offer, openQueues, settle, squares } from './neighbours'
