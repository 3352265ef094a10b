const CITIES = ['Aachen', 'Bergen', 'Córdoba', 'Delft', 'Évora', 'Faenza', 'Gdańsk'];
const DAY = 86_400_000;
const FIRST_DAY = Date.UTC(2024, 0, 1);

/** Generates the orders of a shop, the same for the same number. */
export function makeOrders(number, count) {
  return Array.from({ length: count }, (_, index) => {
    const seed = number * 7919 + index * 104_729;
    return {
      id: `${(seed % 0xffffffff).toString(16).padStart(8, '0')}-0000-4000-8000-${String(index).padStart(12, '0')}`,
      customer: { email: `customer${seed % 997}@example.com`, city: CITIES[seed % CITIES.length] },
      placedAt: new Date(FIRST_DAY + (seed % 700) * DAY).toISOString(),
      lines: Array.from({ length: 1 + (seed % 4) }, (_, line) => ({
        sku: `SKU-${(seed + line * 31) % 5000}`,
        name: `Article ${(seed + line) % 311}, in ${CITIES[line % CITIES.length]}`,
        quantity: 1 + ((seed + line) % 5),
        cents: 199 + ((seed * (line + 1)) % 20_000),
      })),
    };
  });
}

export function totalOf(order) {
  return order.lines.reduce((sum, { quantity, cents }) => sum + quantity * cents, 0);
}
