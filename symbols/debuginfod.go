package symbols

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Debuginfod fetches debug files by build id from servers of elfutils' debuginfod protocol
// (https://sourceware.org/elfutils/Debuginfod.html: GET /buildid/HEX/debuginfo). Nothing is fetched unless one is made
// and handed over. Files are kept in elfutils' own cache, so that what gdb fetched needs no network here, and the other
// way round.
type Debuginfod struct {
	// URLs are the servers, asked in order.
	URLs []string
	// Cache is the folder for files: HEX/debuginfo below it.
	Cache string
	// Client makes the requests; nil for one with a limit of 90 seconds for the headers.
	Client *http.Client
	// MaxBytes bounds a file; 0 for 4 GiB. A kernel's has 600 MB.
	MaxBytes int64
}

// ErrNotServed is wrapped by the error of [Debuginfod.Fetch] if no server has the file.
var ErrNotServed = errors.New("no server has this build id")

// DebuginfodFromEnv returns what the environment asks for: DEBUGINFOD_URLS, words separated by blanks, and
// DEBUGINFOD_CACHE_PATH, else debuginfod_client below XDG_CACHE_HOME or ~/.cache, or ~/.debuginfod_client_cache if
// that is there. It is nil if there are no URLs.
func DebuginfodFromEnv(getenv func(string) string) *Debuginfod {
	d := &Debuginfod{Cache: getenv("DEBUGINFOD_CACHE_PATH")}
	for _, u := range strings.Fields(getenv("DEBUGINFOD_URLS")) {
		if p, err := url.Parse(u); err == nil && (p.Scheme == "http" || p.Scheme == "https") && p.Host != "" {
			d.URLs = append(d.URLs, u)
		}
	}
	if len(d.URLs) == 0 {
		return nil
	}
	if d.Cache == "" {
		home := getenv("HOME")
		old := filepath.Join(home, ".debuginfod_client_cache")
		switch info, err := os.Stat(old); {
		case err == nil && info.IsDir():
			d.Cache = old
		case getenv("XDG_CACHE_HOME") != "":
			d.Cache = filepath.Join(getenv("XDG_CACHE_HOME"), "debuginfod_client")
		default:
			d.Cache = filepath.Join(home, ".cache", "debuginfod_client")
		}
	}
	return d
}

// Fetch returns the path of the debug file with a build id, from the cache or a server. A file arrives under its name
// only when it is whole, so two processes can fetch the same one.
func (d *Debuginfod) Fetch(ctx context.Context, buildID string) (string, error) {
	buildID = strings.ToLower(buildID)
	if !isBuildID(buildID) {
		return "", fmt.Errorf("debuginfod: %s is not a build id", plain(buildID))
	}
	path := filepath.Join(d.Cache, buildID, "debuginfo")
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Size() > 0 {
		return path, nil
	}
	var errs []error
	for _, server := range d.URLs {
		err := d.fetch(ctx, strings.TrimRight(server, "/")+"/buildid/"+buildID+"/debuginfo", path)
		if err == nil {
			return path, nil
		}
		errs = append(errs, err)
		if ctx.Err() != nil {
			break
		}
	}
	if len(errs) == 0 {
		errs = append(errs, ErrNotServed)
	}
	return "", fmt.Errorf("debuginfod: build id %s: %w", buildID, errors.Join(errs...))
}

// isBuildID reports whether s is lower-case hex of 4 to 64 bytes: it becomes part of a path.
func isBuildID(s string) bool {
	if len(s) < 8 || len(s) > 128 || len(s)%2 != 0 {
		return false
	}
	for i := 0; i < len(s); i++ {
		if hexDigit(s[i]) > 15 || s[i] >= 'A' && s[i] <= 'F' {
			return false
		}
	}
	return true
}

func (d *Debuginfod) fetch(ctx context.Context, from, path string) (err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return err
	}
	client := d.Client
	if client == nil {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.ResponseHeaderTimeout = 90 * time.Second
		client = &http.Client{Transport: transport}
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	switch {
	case response.StatusCode == http.StatusNotFound:
		return fmt.Errorf("%s: %w", request.URL.Host, ErrNotServed)
	case response.StatusCode != http.StatusOK:
		return fmt.Errorf("%s: %s", request.URL.Host, plain(response.Status))
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "debuginfo.*")
	if err != nil {
		return err
	}
	defer func() {
		f.Close()
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	limit := d.MaxBytes
	if limit == 0 {
		limit = 4 << 30
	}
	n, err := io.Copy(f, io.LimitReader(response.Body, limit+1))
	switch {
	case err != nil:
		return err
	case n > limit:
		return fmt.Errorf("%s: more than %d bytes", request.URL.Host, limit)
	case response.ContentLength >= 0 && n != response.ContentLength:
		return fmt.Errorf("%s: %w", request.URL.Host, io.ErrUnexpectedEOF)
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
