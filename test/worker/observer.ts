/** An observer that is told everything and keeps what was told of failures. */
import { vi, type Mock } from 'vitest'
import type { Observer } from '../../src/core/ports.ts'
import { createLog } from '../../src/log.ts'

type Failed = Observer['pumpFailed']

export type WatchedObserver = Observer & { pumpFailed: Mock<Failed> }

export const observer = (): WatchedObserver => ({ ...createLog('silent'), pumpFailed: vi.fn<Failed>() })

export const failures = (watched: WatchedObserver): Parameters<Failed>[0][] =>
  watched.pumpFailed.mock.calls.map(([failure]) => failure)
