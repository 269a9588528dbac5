/** A replacement character marks bytes that were none of the charset: the text before us is damaged. */
export const hasLostCharacters = (text: string): boolean => text.includes('\uFFFD')
