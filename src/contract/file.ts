/** A file that a turn made for people, as `file.produced` told it. */

import { z } from 'zod';

export const ProducedFile = z
  .object({
    file: z.string().describe('its id within the session'),
    path: z.string().describe('where it lies on the machine of the host'),
    name: z.string(),
    mediaType: z.string().describe('by the name; application/octet-stream when that says nothing'),
    bytes: z.number().int().nullable().describe('its size when it was told; null where unknown'),
    turn: z.string().nullable().describe('the last turn that wrote it'),
    at: z.iso.datetime(),
  })
  .meta({ id: 'ProducedFile' });
export type ProducedFile = z.infer<typeof ProducedFile>;
