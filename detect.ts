/** Scanning without a catalog or a store, and the types from which you write your own detector. */
// oxlint-disable-next-line import/no-unassigned-import -- it throws on an older Node.js
import '#app/node-version.ts'
export { scan, type Arrays, type ScanOptions } from '#app/library/scan.ts'
export { scanWindow, type WindowScan } from '#services/scan/scan-window.ts'
export type { Detection, Detector, DetectorTags, Group } from '#services/scan/detector.ts'
export type { Expectation, Neighbours, Probe, TokenMatrix, WindowView } from '#services/scan/view/window-view.ts'
export type { Exchange } from '#core/exchange.ts'
export type { Grouping, Samples, ScanInput } from '#services/scan/view/samples.ts'
export { groupBy } from '#services/scan/view/build-input.ts'
export type { Engine } from '#services/scan/numeric/engine.ts'
export { matrix, type Matrix } from '#services/scan/numeric/matrix.ts'
export type { ScannedRecord, ScanOutput } from '#present/scanned.ts'
export { FAMILIES, type Campaign, type DetectorInfo, type Family, type Issue, type Trigger } from '#core/score.ts'
