import { jest } from '@jest/globals'

/** Set per tier in jest.config.js: jest takes no timeout for a single project. */
declare const testTimeoutMs: number

jest.setTimeout(testTimeoutMs)
