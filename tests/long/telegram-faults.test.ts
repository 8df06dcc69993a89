import { test } from 'vitest'
import { disturbedStory } from '../faults/telegram/story.ts'

const seeds = [1, 3, ...Array.from({ length: 50 }, (_, at) => 1000 + at)]

test.each(seeds)('a Telegram where three of ten calls fail, seed %i: the end is the same', disturbedStory)
