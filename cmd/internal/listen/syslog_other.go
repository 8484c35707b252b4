//go:build windows || plan9

package listen

import (
	"context"
	"errors"
)

func systemLog() (func(context.Context, *alert) error, error) {
	return nil, errors.New("this platform has none")
}
