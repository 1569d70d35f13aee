import { writeFileSync } from 'node:fs';
import { Enums, Models, SPDX, Serialize, Spec } from '@cyclonedx/cyclonedx-library';
import { type BundledPackage, bundledPackages } from './bundled-packages';

// Writes the CycloneDX bill of materials of what the package brings: sbom.cdx.json <name> <licence> <metafile>...

function component({ name, version, license }: Pick<BundledPackage, 'name' | 'license'> & Partial<BundledPackage>): Models.Component {
  const purl = `pkg:npm/${name.replace('@', '%40')}${version ? `@${version}` : ''}`;
  return new Models.Component(Enums.ComponentType.Library, name, {
    version,
    purl,
    bomRef: purl,
    licenses: new Models.LicenseRepository(license ? [licenseOf(license)] : []),
  });
}

function licenseOf(license: string): Models.License {
  return SPDX.isSupportedSpdxId(license) ? new Models.SpdxLicense(license) : new Models.NamedLicense(license);
}

const [target, packageName, packageLicense, ...metafiles] = process.argv.slice(2);
const components = bundledPackages(metafiles).map(component);
const library = component({ name: packageName, license: packageLicense });
components.forEach(({ bomRef }) => library.dependencies.add(bomRef));
// Without a time and a serial number: the same contents give the same file.
const bom = new Models.Bom({ metadata: new Models.Metadata({ component: library }), components: new Models.ComponentRepository(components) });
const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
writeFileSync(target, `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`);
