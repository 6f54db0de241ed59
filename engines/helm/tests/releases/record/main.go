// Records releases as Helm makes them: for each chart its record, its JSON, and the digest that Flux computes over it.
//
// usage: record CHART... > releases.json
package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"

	"helm.sh/helm/v4/pkg/action"
	"helm.sh/helm/v4/pkg/chart/common"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	kubefake "helm.sh/helm/v4/pkg/kube/fake"
	release "helm.sh/helm/v4/pkg/release/v1"
	"helm.sh/helm/v4/pkg/storage"
	"helm.sh/helm/v4/pkg/storage/driver"
)

// The fields that Flux puts into the digest of a release, in its order.
type observation struct {
	Name          string         `json:"name"`
	Version       int            `json:"version"`
	Info          release.Info   `json:"info"`
	ChartMetadata chart.Metadata `json:"chartMetadata"`
	Config        map[string]any `json:"config"`
	Manifest      string         `json:"manifest"`
	Hooks         []release.Hook `json:"hooks"`
	Namespace     string         `json:"namespace"`
	OCIDigest     string         `json:"ociDigest,omitempty"`
}

type recorded struct {
	Record string `json:"record"`
	JSON   string `json:"json"`
	Digest string `json:"digest"`
}

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

func pack(text []byte) string {
	var packed bytes.Buffer
	writer := must(gzip.NewWriterLevel(&packed, gzip.BestCompression))
	must(writer.Write(text))
	writer.Close()
	return base64.StdEncoding.EncodeToString(packed.Bytes())
}

func observe(rel *release.Release) string {
	seen := observation{Name: rel.Name, Version: rel.Version, Info: *rel.Info, ChartMetadata: *rel.Chart.Metadata, Manifest: rel.Manifest, Namespace: rel.Namespace}
	if len(rel.Config) > 0 {
		seen.Config = rel.Config
	}
	for _, hook := range rel.Hooks {
		if !slices.Contains(hook.Events, release.HookTest) {
			seen.Hooks = append(seen.Hooks, *hook)
		}
	}
	hash := sha256.New()
	json.NewEncoder(hash).Encode(seen)
	return fmt.Sprintf("sha256:%x", hash.Sum(nil))
}

func install(path string) *release.Release {
	cfg := action.NewConfiguration()
	cfg.Releases = storage.Init(driver.NewMemory())
	cfg.KubeClient = &kubefake.PrintingKubeClient{Out: io.Discard}
	cfg.Capabilities = common.DefaultCapabilities
	install := action.NewInstall(cfg)
	install.ReleaseName, install.Namespace, install.Timeout = "recorded", "apps", 1000000000
	values := map[string]any{"text": "<a & b>\u2028", "count": 3.0, "ratio": 0.5, "none": nil, "deep": map[string]any{"list": []any{1.0, "two", true}}}
	return must(install.Run(must(loader.Load(path)), values)).(*release.Release)
}

func main() {
	var all []recorded
	for _, path := range os.Args[1:] {
		rel := install(path)
		text := must(json.Marshal(rel))
		all = append(all, recorded{pack(text), string(text), observe(rel)})
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", " ")
	encoder.Encode(all)
}
