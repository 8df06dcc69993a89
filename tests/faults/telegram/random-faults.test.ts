import { expect, test } from 'vitest'
import { disturbedStory, expectedSessions, tellStory } from './story.ts'

test('where nothing fails, everything is there once', async () => {
  expect(await tellStory()).toEqual({ sessions: expectedSessions, doubles: { topics: 0, messages: 0 } })
})

test('where three of ten calls fail, the end is the same', () => disturbedStory(2))
