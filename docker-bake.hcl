# docker buildx bake: the image for amd64 and arm64, with its bill of materials (SPDX) and its provenance.
#
#   docker buildx bake --push --set image.tags=registry.example/crossrate:0.2.0

variable "VERSION" {
  default = "0.2.0"
}

variable "REVISION" {
  default = ""
}

group "default" {
  targets = ["image"]
}

target "image" {
  context    = "."
  dockerfile = "Dockerfile"
  platforms  = ["linux/amd64", "linux/arm64"]
  tags       = ["crossrate:${VERSION}"]
  attest     = ["type=sbom", "type=provenance,mode=max"]
  labels = {
    "org.opencontainers.image.version"  = VERSION
    "org.opencontainers.image.revision" = REVISION
  }
}

# Without the attestations and the second platform, for `docker buildx bake local --load`.
target "local" {
  inherits  = ["image"]
  platforms = []
  attest    = []
}
