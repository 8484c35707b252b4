package listen

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

const (
	hookTries  = 4
	hookWithin = 10 * time.Second // one try
	hookPause  = time.Second      // before the second try; each further one waits four times as long
)

// CheckWebhook says what is wrong with the URL of a web hook.
func CheckWebhook(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("it is no http or https URL")
	}
	return nil
}

// postTo posts each crash as JSON. A server that is away, or that says it is its own fault (5xx, 429), is tried again.
func postTo(target string) func(context.Context, *alert) error {
	client := &http.Client{Timeout: hookWithin}
	return func(ctx context.Context, a *alert) error {
		pause := hookPause
		var err error
		for try := range hookTries {
			if try > 0 {
				select {
				case <-ctx.Done():
					return err
				case <-time.After(pause):
				}
				pause *= 4
			}
			var again bool
			if again, err = post(ctx, client, target, a.json); err == nil || !again {
				return err
			}
		}
		return fmt.Errorf("%d tries: %w", hookTries, err)
	}
}

func post(ctx context.Context, client *http.Client, target string, body []byte) (again bool, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "nfoops")
	resp, err := client.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // without the URL, which may hold a secret
		}
		return true, err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	if resp.StatusCode/100 == 2 {
		return false, nil
	}
	again = resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests
	return again, fmt.Errorf("the server says %d", resp.StatusCode)
}
